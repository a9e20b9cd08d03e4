import { changes, nothing, type StepDefinition, USUAL } from './definition.ts';

export const restartTasks: StepDefinition<'restart-tasks'> = {
  ...USUAL,
  id: 'restart-tasks',
  title: 'Restart the tasks',
  comment: 'Replaces tasks that may hold connections to a writer that is gone.',
  side: 'to',
  rights: ['replace-tasks:to'],
  describe: (plan, app) => {
    if (!app.restartTasks) return nothing('switched off in muster.yaml (restartTasks)');
    if (plan.database.method === 'none') return nothing('the application has no database');
    if (!app.services.some(({ kind }) => kind === 'ecs')) return nothing('the application has no ECS services');
    return changes(plan.to, ['ecs:UpdateService', 'ecs:StopTask'], 'only tasks older than the promotion');
  },
};

import { describe, expect, test } from 'vitest';
import { config, shop } from '../fixture.ts';

/** Written out, not derived: what holds where muster.yaml says nothing, since safety hangs on it. */
describe('what muster.yaml leaves out has a value that is safe', () => {
  const approvals = (written: object) =>
    config((raw) => {
      raw['approvals'] = written;
    }).approvals;

  test('two people must approve, and the request of an approver counts for a promote but not for a deletion', () => {
    expect(approvals({})).toEqual({
      promote: { people: 2, requesterCounts: true, expires_minutes: 15, page_minutes: [3, 7] },
      delete: { people: 2, requesterCounts: false, expires_minutes: 15, page_minutes: [3, 7] },
    });
  });

  test('a rule that names the number of people alone keeps the rest', () => {
    expect(approvals({ promote: { people: 3 } }).promote).toEqual({
      people: 3,
      requesterCounts: true,
      expires_minutes: 15,
      page_minutes: [3, 7],
    });
  });

  test('a person is no approver', () => {
    expect(config().people['dee']).toMatchObject({ approver: false });
  });

  test('the standby is pre-warmed and set back after an hour, and no task is replaced', () => {
    const app = shop();
    expect(app).toMatchObject({ prewarm: true, prewarmKept_minutes: 60, restartTasks: false, workers: [] });
    expect(app.listener).toBeUndefined();
  });

  test('a service runs in both regions, and is no worker', () => {
    expect(shop().services.map((one) => (one.kind === 'ecs' ? one.worker : undefined))).toEqual([false, false]);
  });
});

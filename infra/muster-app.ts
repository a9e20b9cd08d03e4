import { App, type AppProps, type Environment, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { accessStack, otherAccounts } from '../core/access.ts';
import type { Config } from '../core/config/schema.ts';
import { DEFAULT_PREFIX } from '../core/functions.ts';
import { type DeploymentTarget, deploymentIn, deploymentOf, homeRegions } from './deployment-target.ts';
import { AccessStack } from './stacks/access-stack.ts';
import { HomeStack } from './stacks/home-stack.ts';
import { MusterStack } from './stacks/muster-stack.ts';
import { StopStack, stopApplications } from './stacks/stop-stack.ts';

/** What a deployment may choose beside `muster.yaml`, by `-c name=value`. */
interface Choices {
  readonly email: string | undefined;
  readonly runbook: string;
  readonly warm: boolean;
}

export interface MusterApp {
  readonly app: App;
  readonly muster: MusterStack;
  /** Undefined when no application uses the strategy `stop`. */
  readonly stop: StopStack | undefined;
  /** One a home region that has an Aurora cluster. */
  readonly homes: readonly HomeStack[];
  /** The stacks in other accounts, where applications live. */
  readonly others: readonly { readonly access: AccessStack; readonly stop: StopStack | undefined }[];
}

/**
 * The whole deployment of a configuration. The account is whatever account deploys it, where `muster.yaml` does not say;
 * the region is not a choice.
 */
export function createMusterApp(config: Config, props: AppProps = {}): MusterApp {
  const app = new App(props);
  const deployment = deploymentOf(config, DEFAULT_PREFIX);
  const { email, runbook, warm } = choicesOf(app);
  // Deployed with another account's credentials, the app still describes Muster's stacks in its own.
  const account = config.account ?? process.env['CDK_DEFAULT_ACCOUNT'];
  const inOwnAccount = deploymentIn(deployment, undefined);
  const env = { region: deployment.region, ...(account === undefined ? {} : { account }) };
  const muster = new MusterStack(app, 'Muster', {
    stackName: deployment.prefix,
    description: 'Muster: moves applications out of a lost region and back, from Slack',
    env,
    deployment,
    runbook,
    warm,
    // Against deletion by mistake in the console; the ledger and its key are kept anyway.
    terminationProtection: true,
    ...(email === undefined ? {} : { email }),
  });
  const stopStack = (
    id: string,
    of: { readonly deployment: DeploymentTarget; readonly env: Environment },
  ): StopStack | undefined =>
    stopApplications(of.deployment).length === 0
      ? undefined
      : new StopStack(app, id, {
          stackName: `${deployment.prefix}-stop`,
          description: 'Muster: the flag, its endpoint, the inverted health check and the failover records of `stop`',
          ...of,
          runbook,
          ownTopic: id !== 'Stop',
          terminationProtection: true,
        });
  const stop = stopStack('Stop', { deployment: inOwnAccount, env });
  const homes = auroraHomes(inOwnAccount).map(
    (home) =>
      new HomeStack(app, `Home-${home}`, {
        stackName: `${deployment.prefix}-home`,
        description: 'Muster: forwards events of Aurora from the home region to the standby region. Optional',
        env: { ...env, region: home },
        deployment: inOwnAccount,
        home,
      }),
  );
  const others = otherAccounts(config).map((other) => {
    const there = { region: deployment.region, account: other.id };
    return {
      access: new AccessStack(app, accessStack(other.id), {
        stackName: `${deployment.prefix}-access`,
        description: 'Muster: the roles through which its functions work on the applications of this account',
        env: there,
        deployment,
        account: other,
        terminationProtection: true,
      }),
      stop: stopStack(`Stop-${other.id}`, { deployment: deploymentIn(deployment, other.id), env: there }),
    };
  });
  Tags.of(app).add('application', 'muster');
  Tags.of(app).add('muster-prefix', deployment.prefix);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, muster, stop, homes, others };
}

/** Home regions with an Aurora cluster: where there is none, there is nothing to hear. */
const auroraHomes = (deployment: DeploymentTarget): readonly string[] =>
  homeRegions(deployment).filter((region) =>
    Object.values(deployment.config.applications).some((app) => app.home === region && app.database.kind !== 'none'),
  );

function choicesOf(app: App): Choices {
  const text = (name: string): string | undefined => {
    const value: unknown = app.node.tryGetContext(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return { email: text('email'), runbook: text('runbook') ?? 'docs/runbook.md', warm: text('warm') === 'yes' };
}

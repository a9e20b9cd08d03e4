import { Stack, type StackProps } from 'aws-cdk-lib';
import { AccountPrincipal, PrincipalWithConditions } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type AccountConfig, roleArn } from '../../core/access.ts';
import { FUNCTIONS } from '../../core/functions.ts';
import { roleFor } from '../constructs/policy.ts';
import { type DeploymentTarget, PARTITION, roleNameOf } from '../deployment-target.ts';
import { accessGrants } from '../grants.ts';

export interface AccessStackProps extends StackProps {
  readonly deployment: DeploymentTarget;
  /** The account that it is deployed to. */
  readonly account: AccountConfig;
}

/**
 * What Muster has in an account where applications live and it does not: a role for each function that works on them,
 * with the rights that the function's own role would have here. Nothing else.
 */
export class AccessStack extends Stack {
  constructor(scope: Construct, id: string, props: AccessStackProps) {
    super(scope, id, props);
    const { deployment, account } = props;
    const muster = deployment.config.account;
    if (muster === undefined) throw new Error("muster.yaml does not say which account is Muster's own");
    for (const { name } of FUNCTIONS) {
      const grants = accessGrants(name, deployment, account.id);
      if (grants.length > 0)
        roleFor(this, name, trustOf(deployment, name, muster, account), grants, roleNameOf(deployment, name));
    }
  }
}

/**
 * One function's role, and who knows the external id. The principal is the account and the role a condition: IAM refuses
 * a trust policy whose principal does not exist (AWS re:Post knowledge center, "Invalid principal in policy"), so that
 * each stack could only be deployed after the other. `aws:PrincipalArn` is the role's ARN, not its session's (IAM user
 * guide, "AWS global condition context keys").
 */
function trustOf(
  deployment: DeploymentTarget,
  name: string,
  muster: string,
  account: AccountConfig,
): PrincipalWithConditions {
  return new PrincipalWithConditions(new AccountPrincipal(muster), {
    ArnEquals: { 'aws:PrincipalArn': roleArn(PARTITION, muster, roleNameOf(deployment, name)) },
    StringEquals: { 'sts:ExternalId': account.externalId },
  });
}

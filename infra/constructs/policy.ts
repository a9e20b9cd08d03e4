import { Stack, Validations } from 'aws-cdk-lib';
import { Effect, type IPrincipal, PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type Grant, hasPattern } from '../grants/grant.ts';

/**
 * A role that a service, or a role elsewhere, assumes, with these grants and no others: no managed policy, nothing
 * added afterwards.
 */
export function roleFor(
  scope: Construct,
  id: string,
  assumedBy: IPrincipal,
  grants: readonly Grant[],
  roleName?: string,
): Role {
  for (const one of grants) {
    if (hasPattern(one) !== (one.pattern !== undefined)) {
      throw new Error(`${id}: the grant ${one.sid} needs a reason for its pattern, and only then`);
    }
  }
  const role = new Role(scope, id, {
    assumedBy,
    ...(roleName === undefined ? {} : { roleName }),
    inlinePolicies: { grants: new PolicyDocument({ statements: grants.map(statement) }) },
  });
  acknowledgePatterns(role, grants);
  return role;
}

function statement(one: Grant): PolicyStatement {
  return new PolicyStatement({
    sid: one.sid,
    effect: Effect.ALLOW,
    actions: [...one.actions],
    resources: [...one.resources],
    ...(one.conditions === undefined ? {} : { conditions: one.conditions }),
  });
}

/** cdk-nag reports each pattern by the ARN as it stands in the template; the reason is the grant's own. */
function acknowledgePatterns(role: Role, grants: readonly Grant[]): void {
  const stack = Stack.of(role);
  for (const one of grants) {
    for (const resource of one.resources.filter((r) => r.includes('*'))) {
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${flat(stack.resolve(resource))}]`,
        reason: one.pattern ?? '',
      });
    }
  }
}

/** `{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ...]]}` -> `arn:<AWS::Partition>...`, as cdk-nag writes it. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) throw new Error(`no ARN: ${JSON.stringify(value)}`);
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return `<${Ref}>`;
  if (Array.isArray(getAtt)) return `<${getAtt.join('.')}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(flat).join(String(join[0]));
  throw new Error(`no ARN: ${JSON.stringify(value)}`);
}

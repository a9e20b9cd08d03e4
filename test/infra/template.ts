import { createHash } from 'node:crypto';
import { globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import type { Config } from '../../core/config/schema.ts';
import { ACCOUNT } from '../../sandbox/world/world.ts';
import { ROOT } from '../contract/sources.ts';
import type { Statement, Trust } from './policy-evaluator.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template holds whatever CloudFormation takes.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** A synthesized stack, with CloudFormation's references filled in as the sandbox's account would have them. */
export interface Template {
  readonly resources: Readonly<Record<string, Resource>>;
  ofType(type: string): readonly Resource[];
  /** What the role of a function, by its deployed name, says. */
  grantsOf(functionName: string): readonly Statement[];
  /** The name that the role of a function was given. */
  roleNameOf(functionName: string): string | undefined;
  /** A role by its name: what it says, and whom it trusts. */
  role(name: string): Role | undefined;
  /** Every role that has a name. */
  readonly roleNames: readonly string[];
  /** An attribute of the only resource of a type, or of the one whose logical id starts so. */
  arn(type: string, startsWith?: string): string;
}

export interface Role {
  readonly grants: readonly Statement[];
  readonly trust: readonly Trust[];
}

export interface Templates {
  readonly muster: Template;
  readonly stop: Template | undefined;
  readonly homes: readonly Template[];
  /** Account -> the stacks there. */
  readonly others: ReadonlyMap<string, { readonly access: Template; readonly stop: Template | undefined }>;
}

export const everyTemplate = ({ muster, stop, homes }: Templates): readonly Template[] => [
  muster,
  ...(stop === undefined ? [] : [stop]),
  ...homes,
];

export const statementsOf = (templates: readonly Template[]): readonly Statement[] =>
  templates
    .flatMap((one) => one.ofType('AWS::IAM::Role'))
    .flatMap((role) =>
      role.Properties.Policies.flatMap(
        (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
      ),
    );

/** As CloudFormation would get it. */
interface Made {
  readonly raw: { readonly Resources: Readonly<Record<string, Resource>> };
  readonly account: string;
}
interface Synthesized {
  readonly muster: Made;
  readonly stop?: Made | undefined;
  readonly homes: readonly Made[];
  readonly others: readonly (readonly [account: string, { readonly access: Made; readonly stop?: Made | undefined }])[];
}

const KEPT = join(ROOT, 'dist/templates');
/** Everything that a template is made from, beside the configuration. */
const MADE_FROM = [
  '{infra,core,statemachines}/**/*',
  'dist/lambdas/*.cjs',
  'package-lock.json',
  'cdk.json',
  'test/infra/template.ts',
];

/**
 * All stacks of a configuration, with every check that `npm run synth` makes. The bundles must be built. Kept on disk by
 * everything that they are made from, so that one test file synthesizes what several look at.
 */
export async function synthesize(config: Config): Promise<Templates> {
  const stamp = createHash('sha256').update(JSON.stringify([config, process.env['CDK_DEFAULT_ACCOUNT'] ?? null]));
  for (const path of globSync(MADE_FROM, { cwd: ROOT }).sort()) {
    if (/\.\w+$/.test(path)) stamp.update(`${path}\n`).update(readFileSync(join(ROOT, path)));
  }
  const file = join(KEPT, `${stamp.digest('hex').slice(0, 16)}.json`);
  const { muster, stop, homes, others } = read(file) ?? keep(file, await synthesizeNow(config));
  const perhaps = (made: Made | undefined): Template | undefined => (made === undefined ? undefined : template(made));
  return {
    muster: template(muster),
    stop: perhaps(stop),
    homes: homes.map(template),
    others: new Map(
      others.map(([account, there]) => [account, { access: template(there.access), stop: perhaps(there.stop) }]),
    ),
  };
}

/** What cannot be read is synthesized again. */
function read(file: string): Synthesized | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Synthesized;
  } catch {
    return undefined;
  }
}

function keep(file: string, made: Synthesized): Synthesized {
  mkdirSync(KEPT, { recursive: true });
  // Renamed, so that another worker never reads half of it.
  const written = `${file}.${process.pid}`;
  writeFileSync(written, JSON.stringify(made));
  renameSync(written, file);
  return made;
}

async function synthesizeNow(config: Config): Promise<Synthesized> {
  // Imported where it is needed: CDK takes seconds to load.
  const { createMusterApp } = await import('../../infra/muster-app.ts');
  const outdir = mkdtempSync(join(tmpdir(), 'muster-synth-'));
  try {
    const { app, muster, stop, homes, others } = createMusterApp(config, {
      outdir,
      context: { '@aws-cdk/core:validateAgainstDefaultRules': true, 'aws:cdk:disable-asset-staging': true },
    });
    const assembly = app.synth();
    const of = (stack: Stack): Made => ({
      raw: assembly.getStackArtifact(stack.artifactId).template,
      account: accountOf(stack),
    });
    const perhaps = (stack: Stack | undefined): Made | undefined => (stack === undefined ? undefined : of(stack));
    return {
      muster: of(muster),
      stop: perhaps(stop),
      homes: homes.map(of),
      others: others.map((each) => [each.access.account, { access: of(each.access), stop: perhaps(each.stop) }]),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Where the deployment leaves the account open, it is the sandbox's. */
const accountOf = ({ account }: Stack): string => (/^\d{12}$/.test(account) ? account : ACCOUNT);

function template({ raw, account }: Made): Template {
  const unresolved = raw.Resources;
  const resources = resolve(unresolved, { resources: unresolved, account }) as Record<string, Resource>;
  const all = Object.entries(resources);
  const roles = all.flatMap(([, resource]) => (resource.Type === 'AWS::IAM::Role' ? [resource] : []));
  const roleOf = (name: string): Resource => {
    const found = all.find(
      ([, { Type, Properties }]) => Type === 'AWS::Lambda::Function' && Properties.FunctionName === name,
    );
    const role = all.find(
      ([id]) => found !== undefined && attribute(id, 'AWS::IAM::Role', account) === found[1].Properties.Role,
    );
    if (role === undefined) throw new Error(`the stack has no function ${name} with a role`);
    return role[1];
  };
  return {
    resources,
    ofType: (type) => all.flatMap(([, resource]) => (resource.Type === type ? [resource] : [])),
    grantsOf: (name) => grantsIn(roleOf(name)),
    roleNameOf: (name) => roleOf(name).Properties.RoleName,
    role: (name) => {
      const found = roles.find(({ Properties }) => Properties.RoleName === name);
      if (found === undefined) return undefined;
      return { grants: grantsIn(found), trust: found.Properties.AssumeRolePolicyDocument.Statement };
    },
    roleNames: roles.flatMap(({ Properties }) => Properties.RoleName ?? []),
    arn: (type, startsWith = '') => {
      const ids = all.filter(([id, resource]) => resource.Type === type && id.startsWith(startsWith)).map(([id]) => id);
      const [id, ...more] = ids;
      if (id === undefined || more.length > 0)
        throw new Error(`not exactly one ${type} ${startsWith}: ${ids.join(', ')}`);
      return attribute(id, type, account);
    },
  };
}

const grantsIn = ({ Properties }: Resource): readonly Statement[] =>
  Properties.Policies.flatMap(
    (policy: { PolicyDocument: { Statement: Statement[] } }) => policy.PolicyDocument.Statement,
  );

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-west-2',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NoValue': '',
};

/** What a reference becomes: a stand-in that no other resource has. */
function attribute(id: string, type: string, account: string, name = 'Arn'): string {
  switch (type) {
    case 'AWS::S3::Bucket':
      return name === 'Arn' ? `arn:aws:s3:::${id.toLowerCase()}` : id.toLowerCase();
    case 'AWS::KMS::Key':
      return `arn:aws:kms:us-west-2:${account}:key/${id}`;
    case 'AWS::SecretsManager::Secret':
      return `arn:aws:secretsmanager:us-west-2:${account}:secret:${id}-AbCdEf`;
    default:
      return `${type}/${id}.${name}`;
  }
}

interface Around {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly account: string;
}

function resolve(value: unknown, around: Around): unknown {
  const { resources, account } = around;
  if (Array.isArray(value)) return value.map((one) => resolve(one, around));
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': getAtt, 'Fn::Join': join } = value as Record<string, unknown>;
  const named = (id: string, name: string | undefined): string => {
    const resource = resources[id];
    if (resource === undefined) throw new Error(`the template has no ${id}`);
    const physical = resource.Properties?.FunctionName;
    return name === undefined && typeof physical === 'string' ? physical : attribute(id, resource.Type, account, name);
  };
  if (Ref === 'AWS::AccountId') return account;
  if (typeof Ref === 'string')
    return PSEUDO[Ref] ?? (resources[Ref] === undefined ? `<${Ref}>` : named(Ref, undefined));
  if (Array.isArray(getAtt)) return named(String(getAtt[0]), String(getAtt[1]));
  if (Array.isArray(join)) {
    return (join[1] as unknown[]).map((part) => String(resolve(part, around))).join(String(join[0]));
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one, around)]));
}

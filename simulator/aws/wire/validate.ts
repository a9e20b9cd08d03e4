import { AwsError } from '../service.ts';
import { requiredMembers, type ServiceModel, type Shape } from './model.ts';
import { isRecord, MALFORMED } from './scalars.ts';

/** Refuses an input that lacks a required member, as AWS does before an operation is run. */
export function validateInput(model: ServiceModel, shape: Shape, input: unknown): void {
  const missing: string[] = [];
  collectMissing(shape, input, [], missing);
  if (missing.length > 0) throw missingMembers(model, missing);
}

function collectMissing(shape: Shape, value: unknown, path: readonly string[], missing: string[]): void {
  if (value === undefined || value === null) return;
  if (shape.isStructSchema()) {
    if (!isRecord(value)) return;
    for (const name of requiredMembers(shape)) {
      if (value[name] === undefined || value[name] === null) missing.push([...path, name].join('.'));
    }
    for (const [name, member] of shape.structIterator()) collectMissing(member, value[name], [...path, name], missing);
  } else if (shape.isListSchema() && Array.isArray(value)) {
    const item = shape.getValueSchema();
    if (item.isStructSchema() || item.isListSchema() || item.isMapSchema()) {
      value.forEach((each, index) => {
        collectMissing(item, each, [...path, String(index + 1), 'member'], missing);
      });
    }
  } else if (shape.isMapSchema() && isRecord(value)) {
    const item = shape.getValueSchema();
    if (!item.isStructSchema() && !item.isListSchema()) return;
    for (const [key, each] of Object.entries(value)) collectMissing(item, each, [...path, key, 'member'], missing);
  }
}

/** The services word it in four ways; what they share is status 400 and the member's name. */
function missingMembers(model: ServiceModel, missing: readonly string[]): AwsError {
  const [first = ''] = missing;
  switch (model.id) {
    case 'rds':
    case 'ec2':
      return new AwsError('MissingParameter', `The request must contain the parameter ${first}`);
    case 'cloudwatch':
      return new AwsError('MissingRequiredParameterException', `The parameter ${first} is required.`);
    case 'ecs':
      return new AwsError('InvalidParameterException', `${first} can not be blank.`);
    case 'route-53':
      return new AwsError('InvalidInput', coral(missing));
    case 's3':
      return new AwsError('InvalidRequest', `Missing required parameter ${first}`);
    default:
      return new AwsError(model.protocol === 'awsQuery' ? 'ValidationError' : 'ValidationException', coral(missing));
  }
}

/** The wording of AWS's service framework: `1 validation error detected: Value null at 'tableName' failed ...`. */
function coral(missing: readonly string[]): string {
  const list = missing.map((path) => {
    const lower = path.replace(/(^|\.)([A-Z])/g, (_, dot: string, letter: string) => dot + letter.toLowerCase());
    return `Value null at '${lower}' failed to satisfy constraint: Member must not be null`;
  });
  return `${missing.length} validation error${missing.length > 1 ? 's' : ''} detected: ${list.join('; ')}`;
}

/** Gives a value of the wrong type, or a body that is not JSON, XML or a form, the code of the service's protocol. */
export function nameMalformed(model: ServiceModel, error: unknown): unknown {
  if (!(error instanceof AwsError) || error.code !== MALFORMED) return error;
  if (model.id === 's3') return new AwsError('MalformedXML', error.message);
  if (model.id === 'route-53') return new AwsError('InvalidInput', error.message);
  if (model.id === 'lambda') return new AwsError('InvalidRequestContentException', error.message);
  if (model.id === 'ec2') return new AwsError('InvalidParameterValue', error.message);
  if (model.protocol === 'awsQuery') return new AwsError('MalformedInput', error.message);
  return new AwsError('SerializationException', error.message);
}

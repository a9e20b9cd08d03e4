import { AwsError } from '../../service.ts';

/** A DynamoDB number: `digits * 10^exponent`, exact, up to 38 significant digits. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const MAX_DIGITS = 38;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-data-types-number */
const MAX_MAGNITUDE = 125;
const MIN_MAGNITUDE = -130;

export function parseDecimal(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  if (whole === '' && fraction === '') {
    throw new AwsError('ValidationException', `The parameter cannot be converted to a numeric value: ${text}`);
  }
  const decimal = normalise(
    BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`),
    Number(exponent) - fraction.length,
  );
  return inRange(decimal);
}

/** As DynamoDB stores it: no exponent, no leading or trailing zeros. */
export function formatDecimal({ digits, exponent }: Decimal): string {
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits);
  const point = text.length + exponent;
  const plain =
    exponent >= 0
      ? text + '0'.repeat(exponent)
      : point > 0
        ? `${text.slice(0, point)}.${text.slice(point)}`
        : `0.${'0'.repeat(-point)}${text}`;
  return negative ? `-${plain}` : plain;
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const [x, y] = aligned(a, b);
  return inRange(normalise(x + y, Math.min(a.exponent, b.exponent)));
}

export function negate({ digits, exponent }: Decimal): Decimal {
  return { digits: -digits, exponent };
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.digits * 10n ** BigInt(a.exponent - exponent), b.digits * 10n ** BigInt(b.exponent - exponent)];
}

function normalise(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return { digits, exponent: 0 };
  let shortened = digits;
  let raised = exponent;
  while (shortened % 10n === 0n) {
    shortened /= 10n;
    raised += 1;
  }
  return { digits: shortened, exponent: raised };
}

function inRange(decimal: Decimal): Decimal {
  if (decimal.digits === 0n) return decimal;
  const count = String(decimal.digits).replace('-', '').length;
  if (count > MAX_DIGITS) {
    throw new AwsError('ValidationException', 'Attempting to store more than 38 significant digits in a Number');
  }
  const magnitude = decimal.exponent + count - 1;
  if (magnitude > MAX_MAGNITUDE) {
    throw new AwsError(
      'ValidationException',
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (magnitude < MIN_MAGNITUDE) {
    throw new AwsError(
      'ValidationException',
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  return decimal;
}

/** Where AWS's regions are, for routing by latency and by location. */
interface Place {
  readonly latitude: number;
  readonly longitude: number;
  /** ISO 3166-1; with the state (ISO 3166-2) in the United States, where Route 53 knows it. */
  readonly country: string;
  readonly subdivision?: string;
  readonly continent: string;
}

/** Cities as AWS names the regions' locations ("AWS Regions", "Available Regions"). */
const PLACES: Readonly<Record<string, Place>> = {
  'us-east-1': { latitude: 38.9, longitude: -77.4, country: 'US', subdivision: 'VA', continent: 'NA' },
  'us-east-2': { latitude: 40.0, longitude: -83.0, country: 'US', subdivision: 'OH', continent: 'NA' },
  'us-west-1': { latitude: 37.4, longitude: -121.9, country: 'US', subdivision: 'CA', continent: 'NA' },
  'us-west-2': { latitude: 45.8, longitude: -119.7, country: 'US', subdivision: 'OR', continent: 'NA' },
  'ca-central-1': { latitude: 45.5, longitude: -73.6, country: 'CA', continent: 'NA' },
  'sa-east-1': { latitude: -23.5, longitude: -46.6, country: 'BR', continent: 'SA' },
  'eu-west-1': { latitude: 53.3, longitude: -6.3, country: 'IE', continent: 'EU' },
  'eu-west-2': { latitude: 51.5, longitude: -0.1, country: 'GB', continent: 'EU' },
  'eu-west-3': { latitude: 48.9, longitude: 2.4, country: 'FR', continent: 'EU' },
  'eu-central-1': { latitude: 50.1, longitude: 8.7, country: 'DE', continent: 'EU' },
  'eu-north-1': { latitude: 59.3, longitude: 18.1, country: 'SE', continent: 'EU' },
  'eu-south-1': { latitude: 45.5, longitude: 9.2, country: 'IT', continent: 'EU' },
  'af-south-1': { latitude: -33.9, longitude: 18.4, country: 'ZA', continent: 'AF' },
  'ap-south-1': { latitude: 19.1, longitude: 72.9, country: 'IN', continent: 'AS' },
  'ap-southeast-1': { latitude: 1.4, longitude: 103.8, country: 'SG', continent: 'AS' },
  'ap-southeast-2': { latitude: -33.9, longitude: 151.2, country: 'AU', continent: 'OC' },
  'ap-northeast-1': { latitude: 35.7, longitude: 139.7, country: 'JP', continent: 'AS' },
  'ap-northeast-2': { latitude: 37.6, longitude: 127.0, country: 'KR', continent: 'AS' },
};

export const CONTINENTS = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA'];

/** Who asks, where nothing says where they are. */
const SOMEWHERE = 'us-east-1';

/** Public resolvers ask from where they stand, not from where their users are. Each stands in one place here. */
const RESOLVERS: Readonly<Record<string, string>> = {
  '1.1.1.1': 'us-east-1',
  '1.0.0.1': 'us-east-1',
  '8.8.8.8': 'us-west-2',
  '8.8.4.4': 'us-west-2',
  '9.9.9.9': 'eu-west-1',
  '149.112.112.112': 'eu-west-1',
  '208.67.222.222': 'us-east-2',
  '208.67.220.220': 'us-east-2',
};

export function isKnownRegion(region: string): boolean {
  return PLACES[region] !== undefined;
}

/** The region that a resolver is in or near: a public one's address, `platform/us-west-2`, or anything else. */
export function regionOfResolver(resolver: string): string {
  const own = /^platform\/(.+)$/.exec(resolver)?.[1] ?? RESOLVERS[resolver] ?? SOMEWHERE;
  return isKnownRegion(own) ? own : SOMEWHERE;
}

export function placeOf(region: string): Place {
  const place = PLACES[region] ?? PLACES[SOMEWHERE];
  if (place === undefined) throw new Error(`There is no place for ${region}`);
  return place;
}

/** The angle between two regions on the globe, in radians: what is nearer has the lower latency here. */
export function distance(from: string, to: string): number {
  const [a, b] = [placeOf(from), placeOf(to)];
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const along = Math.cos(radians(a.longitude - b.longitude));
  const cosine =
    Math.sin(radians(a.latitude)) * Math.sin(radians(b.latitude)) +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * along;
  return Math.acos(Math.min(1, cosine));
}

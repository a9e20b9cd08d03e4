import { createHash } from 'node:crypto';

/** Of a plan's canonical text: what people approve is bound to it. */
export const digest = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

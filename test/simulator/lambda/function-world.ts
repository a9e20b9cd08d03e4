/** A function's source: what its handler does, and what stands above it. */
export const handler = (body: string, top = '') => `${top}\nexports.handler = async (event, context) => { ${body} };`;

/** For the top of a source. */
export const WAIT = 'const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));';

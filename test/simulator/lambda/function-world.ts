/** A function's source: the body of its handler, and the code above it. */
export const handler = (body: string, top = '') => `${top}\nexports.handler = async (event, context) => { ${body} };`;

/** For the top of a source. */
export const WAIT = 'const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));';

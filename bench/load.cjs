// One cold load: requires a bundle as Lambda does, says how long after process start that was. Nothing is invoked.
const { handler } = require(process.argv[2]);
const ms = performance.now();
process.stdout.write(JSON.stringify({ ms, handler: typeof handler }), () => process.exit(0));

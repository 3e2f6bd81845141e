import { parseArgs } from 'node:util';
import { startParkCloud } from '../systems/park-cloud.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, 'token-seconds': { type: 'string', default: '300' } },
});
const password = process.env.PARK_CLOUD_PASSWORD;
if (!password) throw new Error('PARK_CLOUD_PASSWORD is missing: the password the system asks for');
const system = await startParkCloud({
  port: Number(values.port),
  password,
  tokenSeconds: Number(values['token-seconds']),
});
const stop = () => void system.stop().then(() => process.exit(0));
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('disconnect', stop);
console.log(`system ready park-cloud ${system.port}`);

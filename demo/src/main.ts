import { createDemo } from './orchestrator/demo.ts';
import { readOptions } from './orchestrator/options.ts';
import { builtScripts } from './orchestrator/scripts.ts';

/** `node demo/dist/main.js`: the small province, until SIGTERM or SIGINT; `--help` tells the options. */
async function main(): Promise<void> {
  const asked = readOptions(process.argv.slice(2));
  if ('print' in asked) {
    console.log(asked.print);
    return;
  }
  let stopping = false;
  const stop = (code: number) => {
    if (stopping) return;
    stopping = true;
    demo.stop().then(
      () => process.exit(code),
      (error: unknown) => {
        console.error(String(error));
        process.exit(1);
      },
    );
  };
  const demo = createDemo({
    options: asked.run,
    scripts: builtScripts(import.meta.dirname),
    environment: process.env,
    say: (line) => console.log(line),
    warn: (line) => console.error(line),
    onServerDeath: () => stop(1),
  });
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  process.on('SIGHUP', () => stop(0));
  process.on('disconnect', () => stop(0));
  try {
    const url = await demo.start();
    console.log(`ready ${url}`);
  } catch (error) {
    if (stopping) return;
    console.error(error instanceof Error ? error.message : String(error));
    stop(1);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
});

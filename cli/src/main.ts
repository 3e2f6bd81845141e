import { help, parseCall } from './call.ts';
import { createClient } from './client.ts';
import { findCommand } from './commands.ts';

async function main(args: readonly string[]): Promise<void> {
  const { words, options } = parseCall(args);
  const command = findCommand(words);
  if (!command || 'help' in options) {
    console.log(help());
    process.exitCode = words.length === 0 || words[0] === 'help' || 'help' in options ? 0 : 2;
    return;
  }
  const client = () =>
    createClient({
      url: options.url ?? process.env.RONGHE_CLI_URL ?? 'http://127.0.0.1:8080',
      key: process.env.RONGHE_CLI_KEY ?? null,
      username: options.username ?? 'admin',
      password: process.env.RONGHE_CLI_PASSWORD ?? null,
    });
  const text = await command.run({
    words,
    options,
    client,
    rest: args.slice(command.name.split(' ').length),
  });
  if (text) console.log(text);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});

import { COMMANDS, type Options } from './commands.ts';
import { table } from './print.ts';

const FLAG = /^--([a-z-]+)(?:=(.*))?$/;

/** Splits `a b --c d --e=f` into words and options. */
export function parseCall(args: readonly string[]): { words: string[]; options: Options } {
  const words: string[] = [];
  const options: Record<string, string> = {};
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const [, name, value] = FLAG.exec(arg) ?? [];
    if (!name) words.push(arg);
    else if (value !== undefined) options[name] = value;
    else options[name] = args[++index] ?? '';
  }
  return { words, options };
}

/** The text of `ronghe help`. */
export const help = (): string =>
  `ronghe <word> <action>\n\n${table(
    ['command', '中文', 'English'],
    COMMANDS.map(({ usage, summary }) => [usage, summary.zh, summary.en]),
  )}\n
Address: --url or RONGHE_CLI_URL (default http://127.0.0.1:8080).
Who you are: an API key in RONGHE_CLI_KEY, or --username (default admin) with the password in RONGHE_CLI_PASSWORD.`;

import { explainCode } from './codes.ts';
import { parseName } from './company-names.ts';

/**
 * The rules of this room as a process of its own, for the command line: `name TEXT` or `code TEXT` prints what the rules
 * say as JSON. It opens no engine and reads the reference data shipped, so it works without a platform.
 */
const QUESTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  name: parseName,
  code: (text) => explainCode(text),
};

const [question = '', ...words] = process.argv.slice(2);
const answer = QUESTIONS[question];
if (!answer || words.join(' ').trim() === '') {
  process.stderr.write('usage: ronghe fuse name "COMPANY NAME", or ronghe fuse code CODE\n');
  process.exitCode = 1;
} else process.stdout.write(`${JSON.stringify(answer(words.join(' ')), null, 2)}\n`);

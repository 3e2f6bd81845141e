import { KEY_PLACEHOLDER } from '../../ingest/door-examples.ts';
import type { Question } from './draft.ts';

/** The question as a program sends it. */
export const jsonText = (question: Question): string => JSON.stringify(question, null, 2);

/** In the shell of POSIX nothing inside single quotes means anything but the quote itself. */
const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The question as a command; only the key has to be put in. */
export const curlText = (question: Question, { http, dataset }: { http: string; dataset: string }): string =>
  `curl -sS "${http}/api/share/datasets/${dataset}/query" \\
  -H "Authorization: Bearer ${KEY_PLACEHOLDER}" \\
  -H "Content-Type: application/json" \\
  -d ${shellQuoted(jsonText(question))}`;

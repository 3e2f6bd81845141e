import { REASONS_ZH } from './reasons.data.ts';

/**
 * The values of an error that says why a source was not read. What is said by our own code is said in both languages; words
 * of others stay as they are.
 */
export function reasonTexts(reason: string): { reason: string; 'reason.zh'?: string } {
  const [pattern, zh] = REASONS_ZH.find(([candidate]) => candidate.test(reason)) ?? [];
  return pattern && zh ? { reason, 'reason.zh': reason.replace(pattern, zh) } : { reason };
}

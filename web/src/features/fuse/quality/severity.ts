import type { Tone } from '../../../components/tags.tsx';

export const SEVERITY_TONES = {
  hold: 'bad',
  block: 'bad',
  warn: 'warn',
  log: 'plain',
} as const satisfies Record<'hold' | 'block' | 'warn' | 'log', Tone>;

import type { ConnectionDocument } from '@ronghe/contracts';
import { useEditor } from './editor-context.ts';
import { useAsk } from './use-ask.ts';

/** A trial of a connection as it stands in the draft; its readings are kept for the table of points. */
export function useTrial(connection: ConnectionDocument) {
  const { collector, keepReadings } = useEditor();
  const { ask, ...rest } = useAsk<'try'>(collector.name);
  const start = async () => {
    const answer = await ask({ kind: 'try', connection });
    keepReadings(connection.name, answer.readings);
  };
  // A failure is shown where the trial is.
  return { ...rest, start: () => void start().catch(() => {}) };
}
export type Trial = ReturnType<typeof useTrial>;

import type { Collector, ConfigurationState, ConnectionDocument, TrialReading } from '@ronghe/contracts';
import { createContext, useContext } from 'react';
import type { JsonSchema } from '../form/json-schema.ts';
import type { Issues } from '../form/value-path.ts';
import type { EditorPlace } from './editor-place.ts';

/** What all parts of the editor know. */
export type Editor = {
  collector: Collector;
  state: ConfigurationState;
  connections: readonly ConnectionDocument[];
  /** problems by place in the whole configuration: `connections[0].points[3].address` */
  issues: Issues;
  readOnly: boolean;
  online: boolean;
  place: EditorPlace;
  /** readings of the last trial, by connection and key */
  readings: ReadonlyMap<string, ReadonlyMap<string, TrialReading>>;
  keepReadings: (connection: string, readings: readonly TrialReading[]) => void;
  change: (next: readonly ConnectionDocument[]) => void;
  schemaOf: (protocol: string) => JsonSchema | undefined;
};

const EditorContext = createContext<Editor | null>(null);
export const EditorProvider = EditorContext.Provider;

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error('used outside the editor of a configuration');
  return editor;
}

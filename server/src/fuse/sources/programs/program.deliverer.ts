import { AppError } from '#platform/errors/errors.ts';
import type { StoredConnection } from '../../fuse.tables.ts';
import type { DelivererContext, DeliveryRequest, Spool } from '../delivery.ts';
import { reasonTexts } from '../reasons.ts';
import { discoverAirbyte, readAirbyte } from './airbyte.reader.ts';
import { ProgramError } from './program.process.ts';
import {
  demandProgram,
  fillSettings,
  type Program,
  type ProgramDelivered,
  type ProgramOffer,
} from './programs.ts';
import { discoverSinger, readSinger } from './singer.reader.ts';
import { openWorkspace, type Workspace } from './workspace.service.ts';

export type ProgramConnection = Extract<StoredConnection, { kind: 'program' }>;
export type ProgramParts = {
  /** `readPrograms(config.fusePrograms)` */
  programs: ReadonlyMap<string, Program>;
  connection: ProgramConnection;
  secrets: Readonly<Record<string, string>>;
  /** field that grows with every change, for streams that leave the choice to us; null or left out: they are read in full */
  watermarkField?: string | null | undefined;
  /** said nothing for so long: it hangs; 15 minutes by default */
  silentMsMax?: number | undefined;
};
/** A `Deliverer` that also tells the fields which name a row. */
export type ProgramDeliverer = {
  deliver(spool: Spool, request: DeliveryRequest): Promise<ProgramDelivered>;
};
const DISCOVER_LIMITS = { bytesMax: 134_217_728, timeMsMax: 300_000 };

/**
 * Runs a Singer tap or an Airbyte connector and puts the records of one stream into the spool. A run without bookmark is full, as
 * is one of a stream that cannot tell what changed; else it goes on from the bookmark, which is what the program itself said.
 */
export function createProgramDeliverer(parts: ProgramParts, context: DelivererContext): ProgramDeliverer {
  const { protocol, stream } = parts.connection;
  return {
    deliver: (spool, request) =>
      withWorkspace(
        parts,
        { source: context.source, parent: spool.folder, ...request },
        async (workspace, config) => {
          const read = protocol === 'singer' ? readSinger : readAirbyte;
          const watermark = parts.watermarkField ?? null;
          const delivered = await read({ workspace, config, stream, watermark, spool, request });
          context.log.info(
            { source: context.source, program: parts.connection.program },
            'A program delivered',
          );
          return delivered;
        },
      ),
  };
}

/**
 * What the program of a connection offers. `parent` is a folder of ours for its files.
 * @throws AppError SOURCE_PROGRAM_REFUSED, SOURCE_UNREACHABLE, SOURCE_TOO_LARGE
 */
export function describeProgram(
  parts: ProgramParts,
  { source, signal, parent }: { source: string; signal: AbortSignal; parent: string },
): Promise<ProgramOffer> {
  const discover = parts.connection.protocol === 'singer' ? discoverSinger : discoverAirbyte;
  return withWorkspace(parts, { source, parent, signal, limits: DISCOVER_LIMITS }, discover);
}

type Within = Pick<DeliveryRequest, 'signal'> & {
  source: string;
  parent: string;
  limits: { bytesMax: number; timeMsMax: number };
};

async function withWorkspace<Result>(
  { programs, connection, secrets, silentMsMax }: ProgramParts,
  { source, parent, limits, signal }: Within,
  work: (workspace: Workspace, config: string) => Promise<Result>,
): Promise<Result> {
  const program = demandProgram(programs, connection.program);
  const workspace = await openWorkspace(parent, {
    program,
    secrets: Object.values(secrets),
    limits,
    signal,
    silentMsMax,
  });
  try {
    return await work(
      workspace,
      await workspace.file('config.json', fillSettings(connection.settings, secrets)),
    );
  } catch (error) {
    throw toSourceError(error, { source, program: program.name, workspace });
  } finally {
    await workspace.close();
  }
}

function toSourceError(
  error: unknown,
  { source, program, workspace }: { source: string; program: string; workspace: Workspace },
): unknown {
  if (!(error instanceof ProgramError)) return error;
  if (error.fault === 'missing') return new AppError('SOURCE_PROGRAM_REFUSED', { program });
  const code = error.fault === 'too-large' ? 'SOURCE_TOO_LARGE' : 'SOURCE_UNREACHABLE';
  const details = workspace.stderr.map((message) => ({ path: 'stderr', message }));
  return new AppError(
    code,
    { source, ...reasonTexts(`${program}: ${workspace.scrub(error.message)}`) },
    { details },
  );
}

import { join } from 'node:path';
import { CONFIGURATION_ISSUES_MAX, type ConfigurationIssue, ConnectionDocument } from '@ronghe/contracts';
import { z } from 'zod';
import { CONNECTIONS_MAX, ConnectionBase } from '../config.ts';
import { ConfigError, nameOf, parseConfig } from '../config-issues.ts';
import { messageOf } from '../connection.ts';
import type { Checked } from '../connections.ts';
import { openConnector, schemaOf, type Written } from '../connectors/registry.ts';
import { refusedPaths } from './local-paths.ts';

const ISSUE_PATH_LENGTH_MAX = 500;
const ISSUE_MESSAGE_LENGTH_MAX = 1_000;

/** What a person at this machine allows, and where connections have their folders. */
export type Ground = {
  connectionsFolder: string;
  /** `allow.folders` of the local file */
  allowed: readonly string[];
  /** paths in the connections of the local file itself */
  written: ReadonlySet<string>;
};

/** What every connection must have before its protocol is asked; other keys are kept. */
const Named = ConnectionDocument.extend({ name: ConnectionBase.shape.name });

/**
 * Checks connections that the platform sent, all of them and every fault of each, and loads their connectors. With `issues`
 * nothing should be applied; `checked` holds those without a fault. Never rejects for what was sent.
 */
export async function checkConnections(
  connections: unknown,
  ground: Ground,
): Promise<{ checked: Checked[]; issues: ConfigurationIssue[] }> {
  const list = z.array(z.unknown()).max(CONNECTIONS_MAX).safeParse(connections);
  if (!list.success)
    return {
      checked: [],
      issues: [{ path: 'connections', message: `is no list of at most ${CONNECTIONS_MAX} connections` }],
    };
  const checked: Checked[] = [];
  const issues: ConfigurationIssue[] = [];
  const places = new Map<string, number>();
  for (const [index, input] of list.data.entries()) {
    const result = await checkOne(input, index, ground);
    issues.push(...result.issues);
    const name = result.checked?.written.name;
    const earlier = name === undefined ? undefined : places.get(name);
    if (earlier !== undefined)
      issues.push({
        path: nameOf(['connections', index, 'name']),
        message: `is used by connections[${earlier}] already; names must differ`,
      });
    else if (result.checked !== null) {
      places.set(result.checked.written.name, index);
      checked.push(result.checked);
    }
  }
  return { checked, issues: issues.slice(0, CONFIGURATION_ISSUES_MAX).map(shortened) };
}

/** The same of one connection, at this place of a list. */
export async function checkOne(
  input: unknown,
  index: number,
  ground: Ground,
): Promise<{ checked: Checked | null; issues: ConfigurationIssue[] }> {
  try {
    const written: Written = parseConfig(Named, input, ['connections', index]);
    const opened = await openConnector(written, index);
    const issues = await refusedPaths({
      connection: written,
      schema: await schemaOf(written.protocol, index),
      index,
      folder: join(ground.connectionsFolder, written.name),
      allowed: ground.allowed,
      written: ground.written,
    });
    return { checked: issues.length > 0 ? null : { written, opened }, issues };
  } catch (error) {
    if (error instanceof ConfigError) return { checked: null, issues: [...error.issues] };
    // A schema that stumbles over what was sent has not checked it.
    return {
      checked: null,
      issues: [{ path: nameOf(['connections', index]), message: `cannot be checked: ${messageOf(error)}` }],
    };
  }
}

/** The same of one connection by itself. Throws ConfigError, whose paths begin inside the connection. */
export async function checkAlone(input: unknown, ground: Ground): Promise<Checked> {
  const { checked, issues } = await checkOne(input, 0, ground);
  if (checked !== null) return checked;
  throw new ConfigError(
    issues.map(({ path, message }) => ({ path: path.replace(/^connections\[0\]\.?/, ''), message })),
  );
}

const shortened = ({ path, message }: ConfigurationIssue): ConfigurationIssue => ({
  path: path.slice(0, ISSUE_PATH_LENGTH_MAX),
  message: message.slice(0, ISSUE_MESSAGE_LENGTH_MAX),
});

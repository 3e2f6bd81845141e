import type {
  BrowsePathResult,
  NodeId,
  ReadResponse,
  TranslateBrowsePathsToNodeIdsResponse,
} from 'node-opcua-client';
import { type Calls, plainName } from './opcua.calls.ts';
import { opcua } from './opcua.library.ts';

const { AttributeIds, coerceNodeId, ReadRequest, resolveNodeId, TranslateBrowsePathsToNodeIdsRequest } =
  opcua;

const NAMESPACE_ARRAY = 'i=2255';
const ROOT_FOLDER = 'i=84';
const HIERARCHICAL_REFERENCES = 'i=33';
const PATH_STEPS_MAX = 100;

/** The namespaces of a server. Their indexes may differ after its restart, their URIs do not (OPC 10000-3, 8.2.2). */
export type Namespaces = {
  /** Takes what the server has now. */
  learn(uris: readonly string[]): void;
  /** Index of a URI, or null. */
  ofUri(uri: string): number | null;
  /**
   * What an index written in the configuration is now: the namespace that had it when the server was first met,
   * wherever that is today. Null when it is gone and its index belongs to another one.
   */
  ofWritten(index: number): number | null;
  uris(): readonly string[];
};

export function createNamespaces(): Namespaces {
  let first: readonly string[] | null = null;
  let current: readonly string[] = [];
  return {
    learn(uris) {
      current = uris;
      if (first === null && uris.length > 0) first = uris;
    },
    ofUri(uri) {
      const index = current.indexOf(uri);
      return index < 0 ? null : index;
    },
    ofWritten(index) {
      const uri = first?.[index];
      if (index === 0 || uri === undefined) return index;
      const now = current.indexOf(uri);
      if (now >= 0) return now;
      // A URI may be renamed with its host; unless another namespace that we know has taken the place, it is that one.
      const successor = current[index];
      return successor === undefined || first?.includes(successor) ? null : index;
    },
    uris: () => current,
  };
}

/** Reads the namespace array. Throws OpcuaFault. */
export async function readNamespaces(calls: Calls): Promise<string[]> {
  const response = await calls.call<ReadResponse>(
    new ReadRequest({
      nodesToRead: [{ nodeId: coerceNodeId(NAMESPACE_ARRAY), attributeId: AttributeIds.Value }],
    }),
  );
  const value: unknown = response.results?.[0]?.value?.value;
  return Array.isArray(value) ? value.map(String) : [];
}

/** Node id of an address; null when it cannot be one or the server lacks the namespace. */
export function nodeIdOf(address: string, namespaces: Namespaces): NodeId | null {
  const named = /^nsu=([^;]+);(.+)$/s.exec(address);
  const numbered = /^ns=(\d+);(.+)$/s.exec(address);
  const index =
    named?.[1] !== undefined
      ? namespaces.ofUri(unescapeUri(named[1]))
      : namespaces.ofWritten(Number(numbered?.[1] ?? 0));
  if (index === null) return null;
  try {
    return resolveNodeId(`ns=${index};${named?.[2] ?? numbered?.[2] ?? address}`);
  } catch {
    return null;
  }
}

/** The address of a node that survives a change of indexes: `nsu=<URI>;s=…`, or `i=…` in the standard's namespace. */
export function addressOf(node: NodeId, namespaces: readonly string[]): string {
  const text = node.toString();
  const id = text.replace(/^ns=\d+;/, '');
  const uri = namespaces[node.namespace];
  if (node.namespace === 0) return id;
  return uri === undefined ? text : `nsu=${escapeUri(uri)};${id}`;
}

/** `;` and `%` of a URI are escaped in a node id (OPC 10000-6, 5.3.1.11). */
const escapeUri = (uri: string): string => uri.replace(/[%;]/g, (sign) => (sign === '%' ? '%25' : '%3B'));
const unescapeUri = (uri: string): string =>
  uri.replace(/%(25|3B)/gi, (_, code: string) => (code === '25' ? '%' : ';'));

/** One browse name of a path; a number before a colon is the index of its namespace. */
export type PathStep = { namespace: number; name: string };

/**
 * `/Objects/2:Plant/2:Temperature` → its browse names. `&` takes the next character as it is, as in the text form of a
 * RelativePath (OPC 10000-4, A.2); dots are not separators here, as names are full of them. Null when it is none.
 */
export function parsePath(path: string): PathStep[] | null {
  if (!path.startsWith('/')) return null;
  const steps: PathStep[] = [];
  let name = '';
  for (let at = 1; at <= path.length; at += 1) {
    const sign = path[at];
    if (sign === undefined || sign === '/') {
      const [, namespace = '0', plain = ''] = /^(?:(\d{1,5}):)?(.+)$/s.exec(name) ?? [];
      if (plain === '' || steps.length === PATH_STEPS_MAX) return null;
      steps.push({ namespace: Number(namespace), name: plain });
      name = '';
    } else if (sign === '&') {
      at += 1;
      name += path[at] ?? '&';
    } else name += sign;
  }
  return steps;
}

/**
 * Looks paths up, in requests of limited size: a node id, or the name of the status that says why there is none.
 * Throws OpcuaFault when the service itself fails.
 */
export async function resolvePaths(
  calls: Calls,
  paths: readonly string[],
  namespaces: Namespaces,
): Promise<(NodeId | string)[]> {
  const found: (NodeId | string)[] = [];
  for (let start = 0; start < paths.length; start += calls.limits.translate) {
    const slice = paths.slice(start, start + calls.limits.translate);
    const response = await calls.call<TranslateBrowsePathsToNodeIdsResponse>(
      new TranslateBrowsePathsToNodeIdsRequest({
        browsePaths: slice.map((path) => ({
          startingNode: coerceNodeId(ROOT_FOLDER),
          relativePath: { elements: elementsOf(path, namespaces) },
        })),
      }),
    );
    found.push(...slice.map((_, index) => targetOf(response.results?.[index])));
  }
  return found;
}

const elementsOf = (path: string, namespaces: Namespaces) =>
  (parsePath(path) ?? []).map(({ namespace, name }) => ({
    referenceTypeId: coerceNodeId(HIERARCHICAL_REFERENCES),
    isInverse: false,
    includeSubtypes: true,
    // A namespace that is gone has no index; the largest possible one finds nothing.
    targetName: { namespaceIndex: namespaces.ofWritten(namespace) ?? 0xffff, name },
  }));

function targetOf(result: BrowsePathResult | undefined): NodeId | string {
  const target = result?.targets?.[0];
  if (result?.statusCode.isGood() && target !== undefined) {
    // A target in another server comes with an index of what is left of the path.
    const { identifierType, value, namespace } = target.targetId;
    return new opcua.NodeId(identifierType, value, namespace);
  }
  return plainName(result?.statusCode.name ?? 'BadNoMatch');
}

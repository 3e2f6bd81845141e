import type { PointType } from '@ronghe/contracts';
import type {
  BrowseNextResponse,
  BrowseResponse,
  BrowseResult,
  NodeId,
  ReferenceDescription,
  TranslateBrowsePathsToNodeIdsResponse,
} from 'node-opcua-client';
import type { BrowseItem } from '../../connector.ts';
import { type Calls, OpcuaFault, plainName, readAttributes } from './opcua.calls.ts';
import { opcua } from './opcua.library.ts';
import { addressOf, createNamespaces, nodeIdOf } from './opcua.nodes.ts';
import { unitOf } from './opcua.units.ts';

const {
  AttributeIds,
  BrowseDirection,
  BrowseNextRequest,
  BrowseRequest,
  coerceNodeId,
  NodeClass,
  TranslateBrowsePathsToNodeIdsRequest,
} = opcua;

/** Node ids of OPC 10000-6. */
const OBJECTS_FOLDER = 'i=85';
const HIERARCHICAL_REFERENCES = 'i=33';
const HAS_SUBTYPE = 'i=45';
const HAS_PROPERTY = 'i=46';
/** References that lead to types, events and descriptions, not to what is below. */
const NOT_BELOW = new Set(['i=36', HAS_SUBTYPE, HAS_PROPERTY, 'i=48']);

const ITEMS_MAX = 10_000;
const REFERENCES_PER_CALL_MAX = 1_000;
const ANSWERS_MAX = 100;
const SUPERTYPES_MAX = 10;

/** Data types of the standard that values are made of (OPC 10000-6, 5.1.2): base type → what a point of it is. */
const TYPES: ReadonlyMap<string, PointType> = new Map([
  ['i=1', 'boolean'],
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 26, 27, 28, 29].map((id) => [`i=${id}`, 'number'] as const),
  ...[12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22].map((id) => [`i=${id}`, 'text'] as const),
]);

/**
 * Objects and variables right below a node (null: the Objects folder), at most `limit`. Variables come with type, unit
 * (EngineeringUnits) and description. Throws OpcuaFault.
 */
export async function browseNode(
  calls: Calls,
  uris: readonly string[],
  request: { node: string | null; limit: number },
): Promise<BrowseItem[]> {
  const namespaces = createNamespaces();
  namespaces.learn(uris);
  const node = nodeIdOf(request.node ?? OBJECTS_FOLDER, namespaces);
  if (node === null) throw new OpcuaFault('BadNodeIdUnknown', `the server has no node ${request.node}`);
  const limit = Math.min(ITEMS_MAX, Math.max(0, request.limit));
  const children = (await childrenOf(calls, node, limit)).map((reference) => ({
    reference,
    id: localId(reference),
  }));
  const variables = children.filter(({ reference }) => reference.nodeClass === NodeClass.Variable);
  const nodes = variables.map(({ id }) => id);
  const types = await typesOf(calls, nodes);
  const units = await unitsOf(calls, nodes);
  const descriptions = await textsOf(
    calls,
    children.map(({ id }) => id),
  );
  const place = new Map(variables.map((child, index) => [child, index]));
  return children.map((child, index) => {
    const at = place.get(child);
    const { reference, id } = child;
    const address = addressOf(id, uris);
    const type = at === undefined ? null : (types[at] ?? null);
    return {
      id: address,
      name: reference.displayName.text ?? reference.browseName.name ?? id.toString(),
      kind: at === undefined ? ('folder' as const) : ('point' as const),
      type,
      unit: at === undefined ? null : (units[at] ?? null),
      description: descriptions[index] ?? null,
      ...(type === null ? {} : { config: { address, type } }),
    };
  });
}

const localId = ({ nodeId }: ReferenceDescription): NodeId =>
  new opcua.NodeId(nodeId.identifierType, nodeId.value, nodeId.namespace);

async function childrenOf(calls: Calls, node: NodeId, limit: number): Promise<ReferenceDescription[]> {
  const first = await calls.call<BrowseResponse>(
    new BrowseRequest({
      requestedMaxReferencesPerNode: Math.min(REFERENCES_PER_CALL_MAX, Math.max(1, limit)),
      nodesToBrowse: [
        {
          nodeId: node,
          browseDirection: BrowseDirection.Forward,
          referenceTypeId: coerceNodeId(HIERARCHICAL_REFERENCES),
          includeSubtypes: true,
          nodeClassMask: NodeClass.Object | NodeClass.Variable,
          resultMask: 0x3f,
        },
      ],
    }),
  );
  const found = new Map<string, ReferenceDescription>();
  let result: BrowseResult | undefined = first.results?.[0];
  for (let answers = 1; ; answers += 1) {
    const status = plainName(result?.statusCode.name ?? 'BadUnexpectedError');
    if (result === undefined || status.startsWith('Bad'))
      throw new OpcuaFault(status, `the server does not browse this node: ${status}`);
    // A node may hang there by several references.
    for (const reference of result.references ?? [])
      if (isBelow(reference) && found.size < limit) found.set(reference.nodeId.toString(), reference);
    const point = result.continuationPoint;
    if (!(point?.length > 0)) break;
    const isEnough = found.size >= limit || answers >= ANSWERS_MAX;
    const next = await calls.call<BrowseNextResponse>(
      new BrowseNextRequest({ continuationPoints: [point], releaseContinuationPoints: isEnough }),
    );
    if (isEnough) break;
    result = next.results?.[0];
  }
  return [...found.values()];
}

/** In this server, and neither a type nor a property. */
const isBelow = (reference: ReferenceDescription): boolean =>
  reference.nodeId.serverIndex === 0 &&
  !NOT_BELOW.has(reference.referenceTypeId.toString().replace('ns=0;', ''));

async function typesOf(calls: Calls, nodes: readonly NodeId[]): Promise<PointType[]> {
  const dataTypes = await readAttributes(calls, nodes, AttributeIds.DataType);
  const ranks = await readAttributes(calls, nodes, AttributeIds.ValueRank);
  const known = new Map<string, PointType>();
  const types: PointType[] = [];
  for (const [index] of nodes.entries()) {
    const dataType: unknown = dataTypes[index]?.value?.value;
    const rank = Number(ranks[index]?.value?.value ?? -1);
    // Arrays are points of type text (JSON).
    if (rank >= 0 || !(dataType instanceof opcua.NodeId)) types.push('text');
    else types.push(await baseType(calls, dataType, known));
  }
  return types;
}

/** Follows a data type up to one of the standard's; structures are text. */
async function baseType(calls: Calls, dataType: NodeId, known: Map<string, PointType>): Promise<PointType> {
  const asked = dataType.toString();
  let node: NodeId | undefined = dataType;
  let type = known.get(asked);
  for (let steps = 0; type === undefined && node !== undefined && steps < SUPERTYPES_MAX; steps += 1) {
    type = node.namespace === 0 ? TYPES.get(`i=${node.value}`) : undefined;
    if (type === undefined) node = await supertypeOf(calls, node);
  }
  known.set(asked, type ?? 'text');
  return type ?? 'text';
}

async function supertypeOf(calls: Calls, node: NodeId): Promise<NodeId | undefined> {
  const response = await calls.call<BrowseResponse>(
    new BrowseRequest({
      requestedMaxReferencesPerNode: 1,
      nodesToBrowse: [
        {
          nodeId: node,
          browseDirection: BrowseDirection.Inverse,
          referenceTypeId: coerceNodeId(HAS_SUBTYPE),
          includeSubtypes: false,
          nodeClassMask: NodeClass.DataType,
          resultMask: 0,
        },
      ],
    }),
  );
  const reference = response.results?.[0]?.references?.[0];
  return reference === undefined ? undefined : localId(reference);
}

/** The unit of each variable that has the property EngineeringUnits. */
async function unitsOf(calls: Calls, nodes: readonly NodeId[]): Promise<(string | null)[]> {
  const properties: (NodeId | null)[] = [];
  for (let start = 0; start < nodes.length; start += calls.limits.translate) {
    const slice = nodes.slice(start, start + calls.limits.translate);
    const response = await calls.call<TranslateBrowsePathsToNodeIdsResponse>(
      new TranslateBrowsePathsToNodeIdsRequest({
        browsePaths: slice.map((startingNode) => ({
          startingNode,
          relativePath: {
            elements: [
              {
                referenceTypeId: coerceNodeId(HAS_PROPERTY),
                isInverse: false,
                includeSubtypes: true,
                targetName: { namespaceIndex: 0, name: 'EngineeringUnits' },
              },
            ],
          },
        })),
      }),
    );
    slice.forEach((_, index) => {
      const target = response.results?.[index]?.targets?.[0]?.targetId;
      properties.push(
        target === undefined ? null : new opcua.NodeId(target.identifierType, target.value, target.namespace),
      );
    });
  }
  const present = properties.filter((property) => property !== null);
  const values = await readAttributes(calls, present, AttributeIds.Value);
  let next = 0;
  return properties.map((property) => {
    if (property === null) return null;
    const unit: unknown = values[next]?.value?.value;
    next += 1;
    return readUnit(unit);
  });
}

function readUnit(unit: unknown): string | null {
  if (typeof unit !== 'object' || unit === null || !('unitId' in unit)) return null;
  const { namespaceUri, displayName } = unit as {
    namespaceUri?: string | null;
    displayName?: { text?: string | null };
  };
  return unitOf({
    namespaceUri: namespaceUri ?? null,
    unitId: Number(unit.unitId),
    displayName: displayName?.text ?? null,
  });
}

async function textsOf(calls: Calls, nodes: readonly NodeId[]): Promise<(string | null)[]> {
  const values = await readAttributes(calls, nodes, AttributeIds.Description);
  return values.map((data) => {
    const text: unknown = data.value?.value;
    const said = typeof text === 'object' && text !== null && 'text' in text ? text.text : null;
    return said === null || said === undefined || said === '' ? null : String(said);
  });
}

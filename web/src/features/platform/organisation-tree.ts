import type { Organisation } from '@ronghe/contracts';

export type TreeNode = { organisation: Organisation; children: TreeNode[] };

/**
 * The tree of organisations by their paths. With a search, what matches stays with everything above it.
 * A node whose parent is out of sight becomes a root.
 */
export function organisationTree(organisations: readonly Organisation[], search: string): TreeNode[] {
  const words = search.trim().toLowerCase();
  const kept = words === '' ? organisations : keepMatches(organisations, words);
  const nodes = new Map<string, TreeNode>();
  for (const organisation of kept) nodes.set(organisation.path, { organisation, children: [] });
  const roots: TreeNode[] = [];
  for (const node of nodes.values()) {
    const parent = nodes.get(parentOf(node.organisation.path));
    if (parent) parent.children.push(node);
    else roots.push(node);
  }
  return roots;
}

export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));

function keepMatches(organisations: readonly Organisation[], words: string): Organisation[] {
  const wanted = new Set<string>();
  for (const { path, name, code, division } of organisations) {
    if (!`${path} ${name} ${code ?? ''} ${division ?? ''}`.toLowerCase().includes(words)) continue;
    for (let above = path; above !== ''; above = parentOf(above)) wanted.add(above);
  }
  return organisations.filter(({ path }) => wanted.has(path));
}

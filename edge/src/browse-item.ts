import type { BrowseItem } from './connector.ts';

/** An item that can be browsed further and is no point itself. */
export const folderItem = (id: string, name: string, description: string | null = null): BrowseItem => ({
  id,
  name,
  kind: 'folder',
  type: null,
  unit: null,
  description,
});

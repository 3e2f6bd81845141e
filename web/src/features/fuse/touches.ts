/** What a change of a source makes old; previews of mappings are not among it, and slow to ask again. */
export const SOURCE_TOUCHES = ['/api/fuse/sources', '/api/fuse/runs', '/api/fuse/quality', '/api/jobs'];

import { readFile, writeFile } from 'node:fs/promises';
import { docsMarkers, routeDocs } from '../src/api/docs.ts';
import { routeTable } from '../src/api/routeTable.ts';

// Rewrites the generated part of docs/api.md: node --conditions=scoria-source packages/service/scripts/api-docs.ts
const path = new URL('../../../docs/api.md', import.meta.url);
const text = await readFile(path, 'utf8');
const [before, rest] = text.split(docsMarkers.begin);
const after = rest?.split(docsMarkers.end)[1];
if (before === undefined || after === undefined) throw new Error('docs/api.md has lost its markers');
await writeFile(
  path,
  `${before}${docsMarkers.begin}\n\n${routeDocs(routeTable)}\n\n${docsMarkers.end}${after}`,
);

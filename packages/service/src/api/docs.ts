import type { Action, Route } from './http/route.ts';

/** Between these lines docs/api.md is generated. */
export const docsMarkers = {
  begin: '<!-- generated from the route table; run packages/service/scripts/api-docs.ts -->',
  end: '<!-- end of the generated part -->',
} as const;

/** The tables of docs/api.md: every route, and every action. */
export function routeDocs(routes: readonly Route[]): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  return tags
    .map((tag) =>
      sectionOf(
        tag,
        routes.filter((route) => route.tag === tag),
      ),
    )
    .join('\n\n');
}

function sectionOf(tag: string, routes: readonly Route[]): string {
  const lines = routes.map(
    (route) =>
      `| ${route.method} | \`${route.path.replaceAll(/:(\w+)/g, '{$1}')}\` | ${notes(route)} | ${
        route.actions.length > 0 ? '' : route.status
      } | ${route.summary} |`,
  );
  const actions = routes.flatMap((route) => route.actions.map((each) => actionLine(route, each)));
  return [
    `### ${tag.charAt(0).toUpperCase()}${tag.slice(1)}`,
    '',
    '| method | path | from, role | status | |',
    '|---|---|---|---|---|',
    ...lines,
    ...(actions.length === 0
      ? []
      : ['', '| action of | name | from, role | status | |', '|---|---|---|---|---|', ...actions]),
  ].join('\n');
}

function actionLine(route: Route, action: Action): string {
  return `| \`${route.path.split('/')[1]}\` | \`${action.name}\` | ${notes(action)} | ${action.status} | ${action.summary} |`;
}

function notes(entry: { readonly since?: number; readonly admin?: boolean }): string {
  return [entry.since ? `3.${entry.since}` : '', entry.admin === true ? 'admin' : '']
    .filter((note) => note !== '')
    .join(', ');
}

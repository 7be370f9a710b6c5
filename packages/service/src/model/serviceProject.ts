/**
 * The project of what the service makes for itself and removes again: no user sees it or has it in a quota, administrators do both. No
 * client can be of it: a project's name in the API has no colon.
 */
export const serviceProject = 'scoria:service';

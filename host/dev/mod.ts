/** `moult/dev`: what a plugin's author and a development server need. Node only. */
export { type Project, ProjectError, project } from "./project.ts";
export { GRANTS, type Settings } from "./settings.ts";

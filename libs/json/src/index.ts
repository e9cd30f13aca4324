export { isDeeper } from './is-deeper.js';
export { parseJson } from './parse-json.js';

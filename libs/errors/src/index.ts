export { catalogue, type ProblemCode } from './catalogue.js';
export { Problem, Problems, problem, type ProblemSource } from './problem.js';

export { Circuits, type PausedApp } from './circuits.js';
export { CircuitsModule } from './circuits.module.js';
export { RefreshCircuit } from './refresh-circuit.entity.js';
export { RefreshModule } from './refresh.module.js';
export { RefreshWorker } from './refresh-worker.js';

export { Circuits, type PausedApp } from './circuits.js';
export { CircuitsModule } from './circuits.module.js';
export { RefreshCircuit } from './refresh-circuit.entity.js';
export { RefreshModule } from './refresh.module.js';
export { REFRESHES_PER_TENANT, RefreshWorker } from './refresh-worker.js';

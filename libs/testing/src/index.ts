export { CHROMIUM_ARGUMENTS, findChromium } from './chromium.js';
export { freePort } from './free-port.js';
export { queryOnce } from './query-once.js';
export { type ServiceOptions, type ServiceProcess, startService } from './service-process.js';
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.js';
export { createTestDatabase, type TestDatabase } from './test-database.js';

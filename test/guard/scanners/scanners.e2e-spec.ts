import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { FuzzGround } from '../../api-document/fuzz-ground.js';
import { type Operation, readOperations } from '../../api-document/operations.js';
import { documentOf, startDesk } from '../../connect/keyed-app.js';
import { type ScannedRequest, scannedRequests } from './scanned-request.js';
import { pageRequests } from './page-requests.js';
import { isInstalled, type Scan } from './scanner.js';
import { SQLMAP_MARK, type SqlmapScan, sqlmap } from './sqlmap.js';
import { wapiti } from './wapiti.js';
import { WeakServer } from './weak-server.js';

/** For each request, or each kind of caller, at most. 1,200 is enough for each: making keys takes longest. All of them take an hour or two. */
const SECONDS = Number(process.env.SCAN_SECONDS ?? 0);
const MINUTES = 60_000;
/** Operations whose names match: a part of what sqlmap takes long for. */
const ONLY = new RegExp(process.env.SCAN_ONLY ?? '');
/** What only reads leaves the others what they need. */
const READING_AT_ONCE = 3;
/** What destroys comes last. */
const METHODS = ['GET', 'PUT', 'PATCH', 'POST', 'DELETE'];

const missing = (program: string) =>
  SECONDS === 0
    ? ' (skipped: SCAN_SECONDS is not set)'
    : isInstalled(program)
      ? ''
      : ` (skipped: ${program} is not installed)`;

let ground: FuzzGround;

beforeAll(async () => {
  if (missing('sqlmap') === '' || missing('wapiti') === '') ground = await FuzzGround.start();
});
afterAll(() => ground?.scenario.close());

const isReading = ({ method }: Operation) => method === 'GET';
const isVaried = ({ target, headers, body }: ScannedRequest) =>
  body !== null || [target, ...Object.values(headers)].some((text) => text.includes(SQLMAP_MARK));

function scannedOperations() {
  const operations = readOperations().filter(({ path, name }) => !path.endsWith('/events') && ONLY.test(name));
  return operations.sort((one, other) => METHODS.indexOf(one.method) - METHODS.indexOf(other.method));
}

/** What would show nothing: requests that were refused before anything in them was looked at. */
function unread({ headers, name }: ScannedRequest, { statuses }: SqlmapScan): string[] {
  const isBearer = headers.authorization?.startsWith('Bearer ') ?? false;
  const early = isBearer ? ['401', '415', '429'] : ['415', '429'];
  return early.filter((status) => status in statuses).map((status) => `${name}: ${statuses[status]} times ${status}`);
}

function tell(scan: Scan, began: number, statuses = ''): void {
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${scan.of}: ${seconds} s, ${scan.isWhole ? 'whole' : 'cut off'}, ${scan.findings.length} findings ${statuses}`,
  );
}

test.skipIf(missing('sqlmap') !== '')(
  `sqlmap finds what a weak server puts into its SQL, and nothing in any parameter of the service${missing('sqlmap')}`,
  { timeout: 300 * MINUTES },
  async () => {
    await using weak = await WeakServer.start(ground.scenario.databaseUrl);
    const weakness = { name: 'weak', method: 'GET', target: '/people?name=ada', headers: {}, body: null };
    expect((await sqlmap(weak.origin, weakness, 120)).findings).not.toEqual([]);

    const scans: SqlmapScan[] = [];
    const turnedAway: string[] = [];
    const scanEach = async (requests: ScannedRequest[]) => {
      for (const request of requests.filter(isVaried)) {
        const began = performance.now();
        const scan = await sqlmap(ground.scenario.gatehouse.url, request, SECONDS);
        tell(scan, began, JSON.stringify(scan.statuses));
        scans.push(scan);
        turnedAway.push(...unread(request, scan));
      }
    };
    await ground.replenish();
    const reading = scannedOperations().filter(isReading);
    const requestsOf = (operation: Operation) => scannedRequests(operation, ground.ground, SQLMAP_MARK);
    const scanRest = async () => {
      for (let next = reading.shift(); next; next = reading.shift()) await scanEach(requestsOf(next));
    };
    await Promise.all(Array.from({ length: READING_AT_ONCE }, scanRest));
    for (const operation of scannedOperations().filter((each) => !isReading(each))) {
      await ground.replenish();
      await scanEach(requestsOf(operation));
    }
    const desk = await startDesk();
    onTestFinished(() => desk.close());
    await ground.scenario.gatehouse.admin('POST', '/admin/apps', documentOf('apiKey', desk.origin));
    const partner = await ground.scenario.enrol({ slug: 'tenant-199' });
    const ofPages = await pageRequests(ground.scenario, partner, SQLMAP_MARK);
    await scanEach(ofPages.filter(({ name }) => ONLY.test(name)));
    expect(scans.flatMap(({ of, findings }) => findings.map((finding) => `${of}: ${finding}`))).toEqual([]);
    expect(scans.filter(({ isWhole }) => !isWhole).map(({ of, output }) => `${of}: ${output.slice(-300)}`)).toEqual([]);
    expect(turnedAway).toEqual([]);
  },
);

test.skipIf(missing('wapiti') !== '')(
  `wapiti finds what a weak server puts into its page, and nothing in any page or parameter of the service${missing('wapiti')}`,
  { timeout: 300 * MINUTES },
  async () => {
    await using weak = await WeakServer.start(ground.scenario.databaseUrl);
    expect((await wapiti(weak.origin, [`${weak.origin}/people?name=ada`], null, 30)).findings).not.toEqual([]);

    const { url } = ground.scenario.gatehouse;
    const { tenant, adminToken } = ground.ground;
    const operations = scannedOperations().filter(({ method }) => method === 'GET');
    const of = (scheme: string) =>
      operations
        .filter(({ security }) => (scheme === '' ? security.length === 0 : security.includes(scheme)))
        .flatMap((operation) => scannedRequests(operation, ground.ground, ''))
        .map(({ target }) => url + target);
    const callers = [
      [of(''), null],
      [of('user'), tenant.ada.token],
      [of('app'), tenant.appToken],
      [of('admin'), adminToken],
    ] as const;
    const scans: Scan[] = [];
    for (const [urls, token] of callers) {
      const began = performance.now();
      const scan = await wapiti(url, urls, token, SECONDS);
      tell(scan, began);
      scans.push(scan);
    }
    expect(scans.flatMap(({ findings }) => findings)).toEqual([]);
  },
);

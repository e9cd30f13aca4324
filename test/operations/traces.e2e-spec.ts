import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, startHttpServer, type HttpServer } from '#libs/testing';
import { RunScene } from '../runs/run-scene.js';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const OTHER_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = 'b7ad6b7169203331';
const headers = (trace: string) => ({ traceparent: `00-${trace}-${CALLER}-01` });

let collector: HttpServer;
let scene: RunScene;
let run: string;
let spans: Span[];

beforeAll(async () => {
  collector = await startHttpServer();
  collector.answerWith(json(200, {}));
  scene = await RunScene.start({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
  });
  scene.thirdParty.answerWith(json(200, { done: true }));
  const ada = await scene.user('ada');
  const action = await scene.action(ada, 'add_entry');
  const { gatehouse } = scene;
  await gatehouse.call('GET', '/v2/apps?query=word-of-the-query', { bearer: ada.token, headers: headers(TRACE) });
  const order = { data: { action, inputs: { text: 'word-of-the-body' } } };
  const created = await gatehouse.call('POST', '/v2/action-runs', {
    bearer: ada.token,
    json: order,
    headers: headers(OTHER_TRACE),
  });
  run = created.at('data.id');
  expect((await ada.ended(run)).at('data.status')).toBe('success');
  // What is left is sent at the end.
  await scene.services[0]?.stop();
  spans = collector.requests.flatMap(({ body }) => spansIn(body));
});
afterAll(async () => {
  await scene?.close();
  await collector?.close();
});

function spansIn(body: string): Span[] {
  const sent = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
  return sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
}

function named(name: string, trace?: string): Span[] {
  return spans.filter((span) => span.name === name && (trace === undefined || span.traceId === trace));
}

describe('a trace', () => {
  test.each([
    ['GET /v2/apps', TRACE],
    // Its body was read in between.
    ['POST /v2/action-runs', OTHER_TRACE],
  ])('of %s goes on from the caller down to the statements', (name, trace) => {
    const [request] = named(name, trace);
    expect(request).toMatchObject({ parentSpanId: CALLER });
    const statements = spans.filter(({ traceId, name: each }) => traceId === trace && each.startsWith('db '));
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) expect(statement.parentSpanId).toBe(request?.spanId);
  });

  test("of a loop holds the call that it made, and is nobody else's", () => {
    const [call] = named('egress action');
    const loop = named('loop runs').find(({ traceId }) => traceId === call?.traceId);
    expect(loop).toMatchObject({ spanId: call?.parentSpanId });
    expect(loop?.parentSpanId ?? '').toBe('');
  });

  test('holds nothing that somebody sent, and no id of theirs', () => {
    const sent = collector.requests.map(({ body }) => body).join();
    expect(spans.length).toBeGreaterThan(20);
    for (const word of ['word-of-the-query', 'word-of-the-body', run, 'acme-notes', scene.thirdParty.origin])
      expect(sent).not.toContain(word);
  });

  test('goes to the collector with its headers, and is not told to a third party', () => {
    for (const { url, headers: got } of collector.requests) {
      expect(url).toBe('/v1/traces');
      expect(got.authorization).toBe('Bearer of-the-collector');
    }
    expect(scene.thirdParty.requests).toHaveLength(1);
    expect(scene.thirdParty.requests[0]?.headers).not.toHaveProperty('traceparent');
  });
});

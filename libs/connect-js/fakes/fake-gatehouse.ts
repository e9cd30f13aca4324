export const baseUrl = 'https://gate.example';

interface Call {
  method: string;
  path: string;
  bearer: string | null;
  body: string;
  key: string | null;
}

/** A server that keeps the state of one attempt, of one run and of one token, as Gatehouse does under the strict policy. */
export class FakeGatehouse {
  state = 'opened';
  /** Of the attempt: whatever an address may claim. */
  readonly authentication = 'con_1';
  readonly goodTokens = new Set(['token']);
  readonly connectCode = 'cc';
  readonly apps = Array.from({ length: 3 }, (_, n) => ({ id: `app_${n}`, title: `App ${n}` }));
  /** How often the run still waits. */
  waits = 0;
  /** How long it keeps a look at a run that waits. */
  holdMs = 0;
  runErrors: object[] = [];
  runEnd = 'success';
  readonly calls: Call[] = [];
  loseNextAnswer = false;
  /** Answered, once each, in place of what would be. */
  readonly refusals: { status: number; body: string }[] = [];

  readonly fetch = async (url: string, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> => {
    signal?.throwIfAborted();
    const bearer = new Headers(headers).get('authorization')?.replace('Bearer ', '') ?? null;
    const key = new Headers(headers).get('idempotency-key');
    const path = url.replace(`${baseUrl}/v2`, '');
    this.calls.push({ method, path, bearer, body: typeof body === 'string' ? body : '', key });
    const refusal = this.refusals.shift();
    if (refusal) return new Response(refusal.body, { status: refusal.status });
    if (!this.goodTokens.has(bearer ?? '')) return this.refuse(401, 'authentication_failed', 'The token is unknown.');
    if (this.holdMs > 0 && path.startsWith('/action-runs/') && this.waits > 0)
      await new Promise((resolve) => setTimeout(resolve, this.holdMs));
    signal?.throwIfAborted();
    const answer = this.answer(method, new URL(url), typeof body === 'string' ? body : '{}');
    if (!this.loseNextAnswer) return answer;
    this.loseNextAnswer = false;
    throw new TypeError('network');
  };

  private answer(method: string, { pathname, searchParams: query }: URL, body: string): Response {
    if (pathname.endsWith('/confirm')) return this.confirm(JSON.parse(body).connect_code);
    if (pathname.startsWith('/v2/connect-attempts/')) return this.attempt();
    if (pathname === '/v2/action-runs' && method === 'POST')
      return Response.json({ data: { type: 'run', id: 'run_1' } });
    if (pathname === '/v2/action-runs/run_1') return this.run();
    if (pathname === '/v2/apps') return this.page(Number(query.get('offset')));
    return this.refuse(404, 'not_found', 'There is nothing here.');
  }

  private attempt(): Response {
    const error = this.state === 'failed' ? 'OAuth Failed: access_denied' : null;
    return Response.json({ data: { state: this.state, authentication: this.authentication, error } });
  }

  private confirm(code: unknown): Response {
    if (this.state !== 'pending' || code !== this.connectCode)
      return this.refuse(400, 'invalid', 'This was used before.');
    this.state = 'connected';
    return this.attempt();
  }

  private run(): Response {
    const isOver = this.waits <= 0;
    this.waits -= 1;
    const status = this.runErrors.length > 0 ? 'error' : this.runEnd;
    return Response.json({
      data: {
        id: 'run_1',
        status: isOver ? status : 'waiting',
        results: isOver ? [{ n: 1 }] : [],
        errors: this.runErrors,
      },
    });
  }

  /** Two a page, whatever limit is asked. */
  private page(offset: number): Response {
    const next = offset + 2 < this.apps.length ? 'https://gate.example/v2/apps?offset=2' : null;
    return Response.json({ data: this.apps.slice(offset, offset + 2), links: { next } });
  }

  private refuse(status: number, code: string, detail: string): Response {
    return Response.json({ errors: [{ status, code, detail }] }, { status });
  }
}

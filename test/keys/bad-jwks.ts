import { generateKeyPairSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Answer } from '#libs/testing';
import { json } from '#libs/testing';

/** What the server does, with a part of the sentence that tells its owner what to do. */
export type BadAnswer = [title: string, sentence: string, answer: Answer];

const KIB = 1024;
const MIB = 1024 * KIB;
const LIMIT = 256 * KIB;

const jwk = (kid: string) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  kid,
});
const secret = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  kid: 'ec',
};
const set = { keys: [jwk('ec')] };

function sent(body: string | Buffer, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(body);
}

/** A body of this size, as fast as it is taken. */
function endless(total: number): Answer {
  const chunk = Buffer.alloc(64 * KIB, ' ');
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    let left = total;
    const send = () => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length;
        if (!response.write(chunk)) return;
      }
      if (!response.destroyed) response.end();
    };
    response.on('drain', send);
    send();
  };
}

/** Half of what its headers promise. */
const brokenOff: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4096' });
  response.write(JSON.stringify(set).slice(0, -20), () => response.destroy());
};

/** A byte each tenth of a second. */
const dripping: Answer = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 100);
  response.on('close', () => clearInterval(timer));
};

export const outages: BadAnswer[] = [
  ['never answers', 'Serve the JWKS within 5 seconds.', () => undefined],
  ['answers a byte at a time', 'Serve the JWKS within 5 seconds.', dripping],
  ['hangs up', 'Check the server of the JWKS URL.', (_, response) => response.destroy()],
  ['redirects', 'The JWKS URL answered 302, a redirect.', json(302, {}, { location: '/elsewhere.json' })],
  ['redirects for good', 'The JWKS URL answered 308, a redirect.', json(308, {}, { location: '/elsewhere.json' })],
  ['answers 500', 'The JWKS URL answered 500.', json(500, set)],
  ['answers 404', 'The JWKS URL answered 404.', json(404, {})],
  ['answers 204', 'The JWKS URL answered 204.', (_, response) => response.writeHead(204).end()],
  ['answers nothing', 'it is not JSON', sent('')],
  ['answers HTML', 'as application/json', sent('<html></html>', { 'content-type': 'text/html' })],
  [
    'answers keys as HTML',
    'as application/json',
    sent(JSON.stringify(set), { 'content-type': 'text/html; charset=utf-8' }),
  ],
  ['answers HTML as JSON', 'it is not JSON', sent('<html></html>')],
  ['answers an error as JSON', 'it has no "keys" array', json(200, { error: 'unavailable' })],
  ['answers half of the keys', 'it is not JSON', sent(JSON.stringify(set).slice(0, -20))],
  ['breaks off within the keys', 'Check the server of the JWKS URL.', brokenOff],
  ['answers 10 MiB', 'Keep the JWKS below 256 KiB', endless(10 * MIB)],
  ['publishes a private key', 'Take it down and replace that key.', json(200, { keys: [jwk('ec'), secret] })],
  ['has two keys of one kid', 'Give each key a kid of its own.', json(200, { keys: [jwk('ec'), jwk('ec')] })],
  ['has no keys', 'It is empty.', json(200, { keys: [] })],
];

const repeated = (text: string, total: number) => text.repeat(Math.floor(total / text.length));

export const bombs: BadAnswer[] = [
  ['200 MiB', 'Keep the JWKS below 256 KiB', endless(200 * MIB)],
  [
    'gzip of 100 MiB',
    'a compressed body, though none was asked for',
    sent(gzipSync(Buffer.alloc(100 * MIB, ' ')), { 'content-encoding': 'gzip' }),
  ],
  ['gzip of 100 MiB that calls itself JSON', 'it is not UTF-8', sent(gzipSync(Buffer.alloc(100 * MIB, ' ')))],
  ['2,000,000 levels', 'Keep the JWKS below 256 KiB', sent('['.repeat(2_000_000))],
  ['as many levels as may be sent', 'nested deeper than 8 levels', sent(`{"keys":${'['.repeat(LIMIT - 100)}`)],
  ['100,000 keys', 'Keep the JWKS below 256 KiB', sent(`{"keys":[${repeated('{"kty":"EC"},', 13 * 100_000)}{}]}`)],
  ['as many keys as may be sent', 'at most 100 are read', sent(`{"keys":[${repeated('{},', LIMIT - 100)}{}]}`)],
  ['as many numbers as may be sent', 'at most 100 are read', sent(`{"keys":[${repeated('1,', LIMIT - 100)}1]}`)],
  [
    'one key as long as may be sent',
    'an RSA key of',
    json(200, { keys: [{ kty: 'RSA', kid: 'ec', e: 'AQAB', n: `_${'A'.repeat(LIMIT - 103)}` }] }),
  ],
  ['one text as long as may be sent', 'has no "keys" array', sent(`{"a":"${'\\u0041'.repeat(LIMIT / 6 - 10)}"}`)],
  ['one number as long as may be sent', 'has no "keys" array', sent(`{"a":${'9'.repeat(LIMIT - 10)}}`)],
  [
    'headers of 1 MiB',
    'Check the server of the JWKS URL.',
    sent('{}', Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`x-${n}`, 'x'.repeat(10 * KIB)]))),
  ],
];

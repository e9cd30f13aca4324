import { parse } from 'node:querystring';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { problem } from '#libs/errors';

/** Far more than any call has parameters. */
const MAX_VALUES = 100;

/** The parameters of a form, a repeated one as an array. @throws Problem invalid_request when the body is no such form */
export const Form = createParamDecorator((_: unknown, context: ExecutionContext): Record<string, unknown> => {
  const { headers, body } = context.switchToHttp().getRequest<FastifyRequest>();
  const contentType = headers['content-type'] ?? '';
  if (!isUrlencodedUtf8(contentType) && !isMultipart(contentType)) {
    throw problem('invalid_request', 'Send the parameters as application/x-www-form-urlencoded, in UTF-8.');
  }
  const form = (body ?? {}) as Record<string, unknown>;
  if (Object.values(form).flat().length > MAX_VALUES) {
    throw problem('invalid_request', `Send at most ${MAX_VALUES} parameters.`);
  }
  return form;
});

/** Tolerated, since published samples send it (protocol.md C8). */
function isMultipart(contentType: string): boolean {
  return /^multipart\/form-data\s*(;|$)/i.test(contentType);
}

/**
 * The fields of a multipart form (RFC 7578), a repeated one as an array. Read by the platform's own reader. Without a boundary it can't be
 * one: published samples set this type beside a urlencoded body, which is read as that.
 * @throws Problem invalid_request when it is not well-formed, or when a part is a file
 */
export async function readMultipart(contentType: string, body: Buffer): Promise<Record<string, unknown>> {
  if (!/;\s*boundary=/i.test(contentType)) return { ...parse(body.toString('utf8')) };
  const fields = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => null);
  if (!fields || [...fields.values()].some((value) => typeof value !== 'string')) {
    throw problem('invalid_request', 'The multipart form is not well-formed, or holds a file. Send text fields only.');
  }
  const names = [...new Set(fields.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = fields.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}

/** RFC 6749 appendix B: the character encoding is UTF-8. Another one would be read as what it is not. */
function isUrlencodedUtf8(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(';');
  const charsets = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(parameter)?.[1]);
  return (
    type?.trim() === 'application/x-www-form-urlencoded' &&
    charsets.every((charset) => charset === undefined || charset === 'utf-8' || charset === 'utf8')
  );
}

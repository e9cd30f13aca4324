import type { FastifyInstance } from 'fastify';

export function checkResponses(fastify: FastifyInstance, report: (fault: string) => void): void;

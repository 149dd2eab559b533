# Builds newswire and leaves the compiler behind: the program, its data, the libraries it runs on.
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY tools/deps.sh tools/deps.sh
RUN tools/deps.sh build
COPY . .
RUN make -j"$(nproc)" PREFIX=/usr && make install PREFIX=/usr DESTDIR=/out

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
	ca-certificates libcurl4 libglib2.0-0 libjansson4 libjq1 libmicrohttpd12 libpcre2-8-0 libpq5 librdkafka1 \
	libsqlite3-0 libssl3 libuchardet0 libutf8proc2 libzstd1 zlib1g && \
	rm -rf /var/lib/apt/lists/* && \
	useradd --system --uid 10001 --home-dir /var/lib/newswire --shell /usr/sbin/nologin newswire && \
	install -d -o newswire -g newswire /var/lib/newswire /spool
COPY --from=build /out/ /
COPY tools/ready.sh /usr/bin/newswire-ready
USER newswire
ENV NEWSWIRE_NEWSWIRE_STATE=/var/lib/newswire
WORKDIR /var/lib/newswire
VOLUME /var/lib/newswire
ENTRYPOINT ["newswire"]
CMD ["--help"]

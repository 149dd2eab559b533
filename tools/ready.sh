#!/bin/bash
# ready.sh PORT: is the worker on this loopback port ready?  bash alone, so that an image needs no
# HTTP client.
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
[ "$status" = 200 ]

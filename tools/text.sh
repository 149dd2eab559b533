#!/bin/sh
# text.sh NAME FILE...: the files as C strings in a NULL-ended list NAME.
name=$1; shift
printf 'extern const char *const %s[];\nconst char *const %s[] = {\n' "$name" "$name"
for f; do sed 's/[\\"]/\\&/g; s/.*/\t"&\\n"/; $s/$/,/' "$f"; done
printf '\t0,\n};\n'

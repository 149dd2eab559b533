#!/bin/sh
# family.sh NAME TYPE INCLUDE FILE...: the C list of a family's members, one for each file
# that defines `const struct TYPE_type FILE_type` (or NAME_command in command folders).
family=$1 type=$2 include=$3
shift 3
printf '#include "%s"\n\n' "$include"
for f; do
	b=$(basename "$f" .c)
	[ "$family" = command ] && b=${b}_command || b=${b}_type
	printf 'extern const struct %s %s;\n' "$type" "$b"
done
printf '\nextern const struct %s *const %s_types[];\nconst struct %s *const %s_types[] = {\n' \
	"$type" "$family" "$type" "$family"
for f; do
	b=$(basename "$f" .c)
	[ "$family" = command ] && b=${b}_command || b=${b}_type
	printf '\t&%s,\n' "$b"
done
printf '\tNULL,\n};\n'

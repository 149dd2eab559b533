#!/bin/sh
# sections.sh FILE...: the C list of the configuration's sections, one for each line
# `const struct conf_section NAME_section = {` of the files.
names=$(sed -n 's/^const struct conf_section \([a-z_]*_section\) = {.*/\1/p' "$@" | sort -u)
printf '#include "ops/sections.h"\n\n'
for n in $names; do printf 'extern const struct conf_section %s;\n' "$n"; done
printf '\nconst struct conf_section *const section_list[] = {\n'
for n in $names; do printf '\t&%s,\n' "$n"; done
printf '\tNULL,\n};\n'

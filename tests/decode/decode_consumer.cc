// What a program that uses hashvet::decode looks like to the linker: see
// check_links.sh.

#include "hashvet/picture/hash_picture.h"

int main() { return hashvet::HashPicture({}).status.ok() ? 1 : 0; }

# A text file as one C string literal and a comma: an element of an array of strings.
s/\\/\\\\/g
s/"/\\"/g
s/^/"/
s/$/\\n"/
$s/$/,/

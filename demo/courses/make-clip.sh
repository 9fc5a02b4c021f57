#!/bin/sh
# Draws a clip for a course: colour bars with a running clock, no third party's material.
# usage: make-clip.sh SECONDS TITLE FILE   (needs ffmpeg with libx264 and a font with Chinese)
set -eu
seconds=$1
title=$2
file=$3
font=${FONT:-$(fc-match -f '%{file}' 'Noto Sans CJK SC:bold')}

clock="drawtext=fontfile=$font:text='%{pts\\:hms}':x=(w-tw)/2:y=h*0.46:fontsize=52:fontcolor=white:box=1:boxcolor=black@0.75:boxborderw=14"
title="drawtext=fontfile=$font:text='$title':x=(w-tw)/2:y=h*0.16:fontsize=30:fontcolor=white:box=1:boxcolor=black@0.75:boxborderw=12"

ffmpeg -y -loglevel error -f lavfi -i "smptebars=size=640x360:rate=4:duration=$seconds" \
  -vf "$title,$clock,format=yuv420p" \
  -c:v libx264 -preset veryslow -tune stillimage -crf 34 -g 12 -movflags +faststart \
  -map_metadata -1 -fflags +bitexact -flags:v +bitexact "$file"

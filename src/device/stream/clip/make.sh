#!/bin/sh
# Makes test-source.h264: 4 s of ffmpeg's test picture, 640x360 at 25 frames a second, H.264 baseline in Annex B.
# Every access unit begins with a delimiter and every IDR picture with its parameter sets, so that it can be cut into
# frames, entered at either keyframe and played in a loop. The encoder's SEI text is left out; one thread, so that the
# same ffmpeg makes the same octets.
set -eu
cd "$(dirname "$0")"
ffmpeg -hide_banner -loglevel error -y -f lavfi -i testsrc2=size=640x360:rate=25 -t 4 -pix_fmt yuv420p \
  -c:v libx264 -threads 1 -profile:v baseline -preset slow -crf 33 \
  -x264-params keyint=50:min-keyint=50:scenecut=0:repeat-headers=1:aud=1 \
  -bsf:v filter_units=remove_types=6 -f h264 test-source.h264

#!/bin/sh
trap 'kill $job; echo stopped; exit 0' TERM
sleep infinity & job=$!
echo ready
wait $job

# Draws how soon each class is seen:  gnuplot -c delays.gnuplot DIR lab|shipped
dir = ARG1; rates = ARG2
set datafile separator "\t"
set datafile missing "?"
set terminal svg size 900,680 dynamic font "sans,12" background "white"

set output sprintf("%s/%s-delays.svg", dir, rates)
set title sprintf("Seconds from the start of a fault, 20 sites, %s rates (medians)", rates) noenhanced
set logscale x
set xlabel "seconds"
set xrange [0.05:500]
set grid xtics ytics lc "gray85"
set key outside bottom center horizontal
stats sprintf("%s/%s-delays.dat", dir, rates) using 0 skip 1 nooutput
set yrange [STATS_records - 0.3 : -0.7]
points = sprintf("%s/%s-delays.dat", dir, rates)
plot points skip 1 using 2:0:ytic(1) with points pt 7 lc "#0060a0" title "Dialtone: recognised", \
     points skip 1 using 2:0:3:4 with xerrorbars pt 0 lc "#0060a0" notitle, \
     points skip 1 using 5:0 with points pt 5 lc "#60a060" title "Dialtone: calls away", \
     points skip 1 using 8:0 with points pt 9 lc "#c04000" title "quickest peer: calls away", \
     points skip 1 using 6:0 with points pt 2 lc "gray40" title "physical limit", \
     points skip 1 using 7:0 with points pt 3 lc "gray60" title "Lorden's bound"
